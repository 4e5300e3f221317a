{{/* Labels and names. A pod is known by its component; whatever selects pods goes by it. */}}
{{- define "market.selector" -}}
app.kubernetes.io/name: market
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "market.labels" -}}
{{ include "market.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "market.metadata" -}}
{{- /* The longest name of a Service has 63 letters. */}}
{{- if gt (len .root.Release.Name) 40 }}
{{- fail "the release's name has more than 40 letters" }}
{{- end -}}
name: {{ .root.Release.Name }}-{{ .component }}
namespace: {{ include "market.namespace" . }}
labels:
  {{- include "market.labels" . | nindent 2 }}
{{- end }}

{{/* Where a component's objects are: Spark's pods are in a namespace of their own. A driver makes
     pods, and whoever makes a pod may have it mount any secret of its namespace. `where` says
     another. */}}
{{- define "market.namespace" -}}
{{ .where | default (ternary .root.Values.spark.namespace .root.Release.Namespace (hasPrefix "spark-" .component)) }}
{{- end }}

{{/* An image by its digest, or by its tag where that is allowed. */}}
{{- define "market.image" -}}
{{- $image := index .root.Values.images .image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag }}
{{- end -}}
{{- end }}

{{/* How many: none while the platform is to stand still. */}}
{{- define "market.replicas" -}}
{{ ternary .replicas 0 .root.Values.running }}
{{- end }}

{{/* The component whose pods run steps. */}}
{{- define "market.stepsComponent" -}}
{{ ternary "airflow-worker" "airflow-scheduler" (eq .Values.airflow.executor "KubernetesExecutor") }}
{{- end }}
