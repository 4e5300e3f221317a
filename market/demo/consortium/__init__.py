"""The consortium's story: three members compute together on tables that stay at home.

story          the chapters, in order
members        who takes part, and how they found a consortium
asking         one question, from the form in Airflow to the opened result
tables         their tables, and the table they make together, for the truth alone
report         opened values, bytes and seconds; what a lie came to
lying_agent    an agent whose worker is not the product's
lying_worker   that worker: honest but for one number in one multiplication
"""
