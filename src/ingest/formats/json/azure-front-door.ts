import { rfc3339Sql, secondsToMsSql } from '../line/field-format.ts'
import { countryOfNameSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const properties =
  'properties Tuple(httpStatusCode String, responseBytes String, requestUri String, hostName String, clientIp String, ' +
  'socketIp String, httpMethod String, userAgent String, referer String, timeTaken String, cacheStatus String, ' +
  'isReceivedFromClient String, clientCountry String)'
const f = 'f.properties'

/** Azure Front Door of all tiers and Azure CDN of Microsoft: the access log of a diagnostic setting. */
export const azureFrontDoor = jsonFormat({
  name: 'azure_front_door',
  title: 'Azure Front Door and Azure CDN access log',
  example:
    '{"time":"2026-09-01T00:00:01.6479719Z","resourceId":"/SUBSCRIPTIONS/X","category":"FrontDoorAccessLog","operationName":' +
    '"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"0a1b2c","httpMethod":"GET","httpVersion":"2.0.0.0",' +
    '"requestUri":"https://www.example.com:443/a/b.jpg?v=2","hostName":"www.example.com","requestBytes":"310","responseBytes":' +
    '"10588","userAgent":"curl/8.0","clientIp":"198.51.100.7","clientPort":"50382","socketIp":"198.51.100.7","timeTaken":"0.004",' +
    '"httpStatusCode":"200","pop":"FRA","cacheStatus":"HIT","isReceivedFromClient":true}}',
  recognises: objectWith(['properties', '\\{'], 'requestUri', 'httpStatusCode', 'responseBytes'),
  meaning: {
    time: '`time`: when the request came',
    bytes: '`responseBytes`',
    cache: '`cacheStatus`: HIT, REMOTE_HIT and PARTIAL_HIT are hits; N/A is not logged',
  },
  askers: ['shield'],
  fields: ['time String', properties],
  // Other categories stand in the same files.
  isLine: `f.time != '' AND ${f}.httpStatusCode != '' AND ${f}.responseBytes != ''`,
  columns: {
    time: rfc3339Sql('f.time'),
    host: `if(${f}.hostName != '', ${f}.hostName, extract(${f}.requestUri, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'))`,
    client_ip: `if(${f}.clientIp != '', ${f}.clientIp, ${f}.socketIp)`,
    target: `${f}.requestUri`,
    referrer: `${f}.referer`,
    user_agent: `${f}.userAgent`,
    method: `${f}.httpMethod`,
    status: `${f}.httpStatusCode`,
    bytes: `${f}.responseBytes`,
    cache: `multiIf(${f}.cacheStatus IN ('', '-', 'N/A'), -1, ${f}.cacheStatus = 'HIT' OR endsWith(${f}.cacheStatus, '_HIT'), 1, 0)`,
    duration_ms: secondsToMsSql(`${f}.timeTaken`),
    country: countryOfNameSql(`${f}.clientCountry`),
    // False for what an edge asked of the node behind it.
    asked_by: `if(lower(${f}.isReceivedFromClient) = 'false', 'shield', '')`,
  },
})
