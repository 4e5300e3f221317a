"""A run without work: the first task of each worker pays for the worker's imports, and `market up`
has this DAG pay before a buyer does. Airflow and the standard library only."""

from __future__ import annotations

from airflow.sdk import DAG, BaseOperator, Context


class Nothing(BaseOperator):
    """Done as soon as it runs."""

    def execute(self, context: Context) -> None:
        self.log.info("The worker that ran %s is warm.", context["dag_run"].run_id)


with DAG(
    dag_id="warm_up",
    description="Started by `market up`: makes workers ready",
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=100,
    tags=["platform"],
) as warm_up:
    Nothing(task_id="nothing")
