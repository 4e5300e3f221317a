{{- define "owner.selector" -}}
app.kubernetes.io/name: market-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "owner.metadata" -}}
name: {{ .Release.Name }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "owner.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  app.kubernetes.io/component: {{ ternary "member" "agent" .Values.agent.consortium }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
