{{/* The settings that all of the platform's processes share, as they read them. None is a secret. */}}
{{- define "market.settings" -}}
MARKET_PUBLIC_URL: {{ .Values.portal.url | quote }}
MARKET_PORTAL_HOST: "0.0.0.0"
MARKET_PORTAL_PORT: "8420"
MARKET_PORTAL_TRUSTED_PROXIES: {{ .Values.portal.trustedProxies | quote }}
MARKET_PORTAL_INTERNAL_URL: http://{{ .Release.Name }}-portal:8420
MARKET_RELAY_PUBLIC_URL: {{ .Values.relay.url | quote }}
MARKET_RELAY_INTERNAL_URL: http://{{ .Release.Name }}-relay:8422
MARKET_RELAY_HOST: "0.0.0.0"
MARKET_RELAY_PORT: "8422"
MARKET_AIRFLOW_PUBLIC_URL: {{ .Values.airflow.url | quote }}
MARKET_AIRFLOW_HOST: "0.0.0.0"
MARKET_AIRFLOW_PORT: "8421"
MARKET_AIRFLOW_INTERNAL_URL: http://{{ .Release.Name }}-airflow-api-server:8421
MARKET_AIRFLOW_EXECUTOR: {{ .Values.airflow.executor }}
MARKET_AIRFLOW_PARALLELISM: {{ .Values.airflow.parallelism | quote }}
MARKET_AIRFLOW_LOG_PORT: "8793"
MARKET_AIRFLOW_HEALTH_PORT: "8974"
{{- if eq .Values.airflow.executor "KubernetesExecutor" }}
MARKET_AIRFLOW_NAMESPACE: {{ .Release.Namespace }}
MARKET_AIRFLOW_POD_TEMPLATE: /etc/market/airflow/worker.yaml
{{- end }}
MARKET_SANDBOX_URL: http://{{ .Release.Name }}-sandbox:8423
MARKET_STORE: s3
MARKET_S3_ENDPOINT_URL: {{ .Values.store.endpointUrl | quote }}
MARKET_S3_BUCKET: {{ .Values.store.bucket | quote }}
MARKET_S3_REGION: {{ .Values.store.region | quote }}
{{- if .Values.spark.kubernetes }}
MARKET_SPARK_MASTER: k8s://https://kubernetes.default.svc:443
MARKET_SPARK_IMAGE: {{ include "market.image" (dict "root" . "image" "spark") | quote }}
MARKET_SPARK_NAMESPACE: {{ .Values.spark.namespace }}
MARKET_SPARK_SERVICE_ACCOUNT: {{ .Release.Name }}-spark-driver
MARKET_SPARK_DRIVER_TEMPLATE: /etc/market/spark/driver.yaml
MARKET_SPARK_EXECUTOR_TEMPLATE: /etc/market/spark/executor.yaml
MARKET_SPARK_EXECUTORS: {{ .Values.spark.executor.count | quote }}
MARKET_SPARK_EXECUTOR_CORES: {{ .Values.spark.executor.cores | quote }}
MARKET_SPARK_EXECUTOR_MEBIBYTES: {{ .Values.spark.executor.mebibytes | quote }}
MARKET_SPARK_DRIVER_MEBIBYTES: {{ .Values.spark.driver.mebibytes | quote }}
{{- else }}
MARKET_SPARK_MASTER: local[{{ .Values.spark.localCores }}]
{{- end }}
{{- if .Values.metrics.port }}
MARKET_METRICS_HOST: "0.0.0.0"
MARKET_METRICS_PORT: {{ .Values.metrics.port | quote }}
MARKET_RELAY_METRICS_PORT: {{ .Values.metrics.port | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- /* Whole numbers arrive as floats, which would print as 5e+07. */}}
MARKET_{{ upper $name }}: {{ (kindIs "float64" $value) | ternary ($value | int64 | toString) (toString $value) | quote }}
{{- end }}
{{- end }}
