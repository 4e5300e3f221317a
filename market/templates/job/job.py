"""What is asked of the dataset. `build` runs without any data: it describes, and computes nothing.

Try it without spending anything:

    market job run --twin DATASET .
    market quote . --dataset DATASET --epsilon 1

Where the dataset has such columns (README.md beside this has all that can be asked):

    ds[(ds["age"] >= 65) & ~ds["child"]].count()    a filter; numbers at the edges of their bins
    ds["age"].median(), ds["age"].histogram()       of a number with bins
    ds.group_by("health", "child").count()          two keys together
    ds.linear_regression(target="visits", features=["disease", "health"])
"""


def build(ds):
    return {
        "rows": ds.count(),
        "visits_total": ds["visits"].sum(),
        "visits_mean": ds["visits"].mean(),
        "disease_variance": ds["disease"].variance(),
        "health_levels": ds["health"].histogram(),
        "visits_by_health": ds.group_by("health")["visits"].mean(),
        "visits_gap": (
            ds[ds["health"] == "fair"]["visits"].mean()
            - ds[ds["health"] == "excellent"]["visits"].mean()
        ),
        "visits_with_disease": ds["visits"].correlation(ds["disease"]),
    }
