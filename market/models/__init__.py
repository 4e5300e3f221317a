"""Models that a buyer fits from opened answers, and predicts with on rows of their own.

    kept_result   a result that was opened on this machine, by job: answers and models
    fitted        the model behind a statistic and its opened numbers
    lines         linear and logistic regression
    classes       naive Bayes
    components    principal components
    grouped       one of them for each group
    rows          a buyer's rows as the owner's table would have them

They work as scikit-learn's estimators do, without scikit-learn: nothing here sees the data that was
asked, a key or a budget.
"""
