"""The statistics that stand alone: of rows, whichever rows they are."""

from __future__ import annotations

from typing import get_args

from market.plan.statistics.contingency import Contingency
from market.plan.statistics.correlation import Correlation
from market.plan.statistics.correlation_matrix import CorrelationMatrix
from market.plan.statistics.count import Count
from market.plan.statistics.covariance import Covariance
from market.plan.statistics.covariance_matrix import CovarianceMatrix
from market.plan.statistics.ecdf import Ecdf
from market.plan.statistics.histogram import Histogram
from market.plan.statistics.interquartile_range import InterquartileRange
from market.plan.statistics.linear_regression import LinearRegression
from market.plan.statistics.logistic_regression import LogisticRegression
from market.plan.statistics.mean import Mean
from market.plan.statistics.naive_bayes import NaiveBayes
from market.plan.statistics.principal_components import PrincipalComponents
from market.plan.statistics.proportion import Proportion
from market.plan.statistics.proportions import Proportions
from market.plan.statistics.quantile import Quantile
from market.plan.statistics.standard_deviation import StandardDeviation
from market.plan.statistics.sum import Sum
from market.plan.statistics.synthesize import Synthesize
from market.plan.statistics.top import Top
from market.plan.statistics.variance import Variance
from market.plan.statistics.weighted_mean import WeightedMean

# One on a line: a statistic that is added changes no other's line.
Plain = (
    Count
    | Sum
    | Mean
    | WeightedMean
    | Variance
    | StandardDeviation
    | Proportion
    | Proportions
    | Histogram
    | Contingency
    | Top
    | Ecdf
    | Quantile
    | InterquartileRange
    | Covariance
    | Correlation
    | Synthesize
    | CovarianceMatrix
    | CorrelationMatrix
    | LinearRegression
    | LogisticRegression
    | NaiveBayes
    | PrincipalComponents
)  # fmt: skip

PLAIN: tuple[type[Plain], ...] = get_args(Plain)
