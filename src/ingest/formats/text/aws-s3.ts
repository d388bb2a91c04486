import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

/** Amazon S3's server access log. Fields were added at its end over the years; older lines have fewer. */
export const awsS3: LogFormat = {
  name: 'aws_s3',
  title: 'Amazon S3 server access log',
  namesDomain: true,
  example:
    '79a59df900b949e55d96a1e698fbaced www.example.com [01/Sep/2026:00:00:01 +0000] 198.51.100.7 - 3E57427F3EXAMPLE ' +
    'REST.GET.OBJECT a/b.jpg "GET /a/b.jpg?v=2 HTTP/1.1" 200 - 10588 10588 14 12 "-" "curl/8.0" - ' +
    's9lzHYrFp76ZVxRcpX9= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader www.example.com.s3.amazonaws.com TLSv1.2 - -',
  recognises:
    /^[\w-]+ [A-Za-z0-9._-]+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] \S+ \S+ \S+ (?:REST|WEBSITE|SOAP|BATCH|S3)\.[A-Z_]+\.\S+ \S+ (?:"|- )/,
  meaning: {
    time: 'when the request came',
    bytes: 'the body’s; `-` is none',
    cache: 'not logged',
  },
  askers: ['edge'],
  projection: sqlFile(import.meta.url, './aws-s3.sql'),
}
