/** With this header, a browser uses only HTTPS for the host for a year. */
const hsts = { 'Strict-Transport-Security': 'max-age=31536000' }

/** Headers of every answer: no answer is a page, may be framed, or may be kept by a cache in between. */
export const securityHeaders = (hasTls: boolean): Record<string, string> => ({
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  ...(hasTls ? hsts : {}),
})
