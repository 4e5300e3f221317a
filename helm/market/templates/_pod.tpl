{{/* What every pod has, but for one that runs buyers' programs. Arguments: root, component,
     account (of a service account, with its token), serving (more of it run at once). */}}
{{- define "market.podMetadata" -}}
labels:
  {{- include "market.labels" . | nindent 2 }}
annotations:
  checksum/settings: {{ include "market.settings" .root | sha256sum }}
  {{- if and .metrics .root.Values.metrics.port .root.Values.metrics.annotations }}
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ .root.Values.metrics.port | quote }}
  {{- end }}
{{- end }}

{{- define "market.podSpec" -}}
{{- if .account -}}
serviceAccountName: {{ .root.Release.Name }}-{{ .account }}
automountServiceAccountToken: true
{{- else -}}
automountServiceAccountToken: false
{{- end }}
enableServiceLinks: false
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "market.podSecurity" . | nindent 2 }}
{{- if .serving }}
topologySpreadConstraints:
  {{- range tuple "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "market.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "market.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* A container: its image, and what it may not do. */}}
{{- define "market.container" -}}
image: {{ include "market.image" . | quote }}
imagePullPolicy: {{ .root.Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Settings, the databases named by `databases`, and keys of the store by `storeSecret`; for a Spark
     that this container starts by `readSecret`. */}}
{{- define "market.environment" -}}
envFrom:
  - configMapRef:
      name: {{ .settingsName | default (printf "%s-settings" .root.Release.Name) }}
env:
  - name: HOME
    value: /tmp
  - name: MARKET_HOME
    value: /var/lib/market/home
  {{- if .secrets }}
  - name: MARKET_SECRETS
    value: /etc/market/secrets
  {{- end }}
  {{- if has "platform-url" .databases }}
  - name: MARKET_DATABASE_URL_FILE
    value: /etc/market/database/platform-url
  {{- end }}
  {{- if has "airflow-url" .databases }}
  - name: MARKET_AIRFLOW_DATABASE_URL_FILE
    value: /etc/market/database/airflow-url
  {{- end }}
  {{- with .smtpPasswordSecret }}
  - name: MARKET_SMTP_PASSWORD
    valueFrom:
      secretKeyRef:
        name: {{ . }}
        key: password
  {{- end }}
  {{- range $prefix, $secret := dict "MARKET_S3" .storeSecret "MARKET_S3_READ" .readSecret }}
  {{- if $secret }}
  - name: {{ $prefix }}_ACCESS_KEY_ID
    valueFrom:
      secretKeyRef:
        name: {{ $secret }}
        key: access-key-id
  - name: {{ $prefix }}_SECRET_ACCESS_KEY
    valueFrom:
      secretKeyRef:
        name: {{ $secret }}
        key: secret-access-key
  {{- end }}
  {{- end }}
{{- end }}

{{- define "market.volumeMounts" -}}
- name: home
  mountPath: /var/lib/market
- name: tmp
  mountPath: /tmp
{{- if .secrets }}
- name: secrets
  mountPath: /etc/market/secrets
  readOnly: true
{{- end }}
{{- if .databases }}
- name: database
  mountPath: /etc/market/database
  readOnly: true
{{- end }}
{{- end }}

{{/* Of each secret the files that this pod's processes read, and no other. */}}
{{- define "market.volumes" -}}
- name: home
  emptyDir:
    sizeLimit: {{ .homeLimit | default "512Mi" }}
- name: tmp
  emptyDir:
    sizeLimit: {{ .tmpLimit | default "256Mi" }}
{{- with .secrets }}
- name: secrets
  secret:
    secretName: {{ $.root.Values.secrets.platform }}
    defaultMode: 0440
    items:
      {{- range . }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end }}
{{- with .databases }}
- name: database
  secret:
    secretName: {{ $.root.Values.secrets.database }}
    defaultMode: 0440
    items:
      {{- range . }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end }}
{{- end }}
