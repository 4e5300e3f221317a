{{/* Who speaks with whom inside: from, to, port. README.md draws it. */}}
{{- define "market.edges" -}}
{{- $steps := include "market.stepsComponent" . }}
- {from: portal, to: airflow-api-server, port: 8421}
- {from: portal, to: relay, port: 8422}
- {from: airflow-api-server, to: airflow-scheduler, port: 8793}
- {from: airflow-scheduler, to: airflow-api-server, port: 8421}
- {from: airflow-scheduler, to: portal, port: 8420}
- {from: airflow-dag-processor, to: portal, port: 8420}
- {from: {{ $steps }}, to: sandbox, port: 8423}
{{- if eq $steps "airflow-worker" }}
- {from: airflow-worker, to: airflow-api-server, port: 8421}
- {from: airflow-worker, to: portal, port: 8420}
{{- end }}
{{- if .Values.spark.kubernetes }}
# Spark takes any port for what its processes fetch from each other.
- {from: spark-executor, to: spark-driver}
- {from: spark-driver, to: spark-executor}
- {from: spark-executor, to: spark-executor}
{{- end }}
{{- end }}

{{/* What is outside, and which components reach it. */}}
{{- define "market.outside" -}}
{{- $steps := include "market.stepsComponent" . }}
{{- $database := list "portal" "relay" "airflow-api-server" "airflow-scheduler" "airflow-dag-processor" "migrate" }}
{{- $store := list "portal" $steps }}
{{- $api := list }}
{{- if eq $steps "airflow-worker" }}
{{- $database = append $database "airflow-worker" }}
{{- $api = append $api "airflow-scheduler" }}
{{- end }}
{{- if .Values.spark.kubernetes }}
{{- $store = concat $store (list "spark-driver" "spark-executor") }}
{{- $api = concat $api (list $steps "spark-driver") }}
{{- end }}
database: {{ toJson $database }}
store: {{ toJson $store }}
kubernetesApi: {{ toJson $api }}
repositories: {{ toJson (ternary (list $steps "portal") (list $steps) .Values.network.webhooks) }}
{{- if .Values.network.mail.cidrs }}
mail: {{ toJson (list "portal") }}
{{- end }}
{{- end }}
