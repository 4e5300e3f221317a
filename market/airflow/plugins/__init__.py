"""What Airflow loads from its plugins folder ([core] plugins_folder)."""
