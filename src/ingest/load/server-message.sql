-- True if a line that is no request is a message of the server's own, which many write into the same file: of HAProxy, of
-- the error logs of nginx, Apache and Envoy, of Kubernetes' programs (klog), and JSON with a level of Caddy and Traefik. No
-- request's line begins so, whatever a client sends.
match(line, '^(?:\\S+ )?\\S+ \\[\\d\\d/\\w{3}/\\d{4}:[\\d:.]+\\] \\S+/[^ /"]+: [A-Z][^"{}]*\\r?$')
OR match(line, '^(?:Proxy \\S+ (?:started|stopped)|(?:backup )?Server \\S+/\\S+ (?:is|was|has)|Health check for (?:backup )?server|Connect from \\S+ to |(?:Stopping|Pausing|Enabling|Disabling) (?:proxy|frontend|backend)|backend \\S+ has no server|New worker|Loading (?:success|failure))')
OR match(line, '^\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[(?:debug|info|notice|warn|error|crit|alert|emerg)\\] \\d+#\\d+: ')
OR match(line, '^\\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? \\d{4}\\] \\[')
OR match(line, '^\\[\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?\\]\\[\\d+\\]\\[\\w+\\]')
OR match(line, '^[IWEF]\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6} +\\d+ [^ :]+:\\d+\\] ')
OR match(line, '^\\{"level":"\\w+",') AND NOT multiSearchAny(line, ['"status"', '"request"', '"Downstream', '"Request', 'http.log.access'])
