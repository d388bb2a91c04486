import { errorOf, ownHeader } from './client.ts'
import { tellReached } from './connection.ts'
import { parseExactly } from './exact-json.ts'

type Upload = {
  target: string
  body: Blob
  /** Called with the bytes that are sent so far. */
  onProgress(sentBytes: number): void
  signal: AbortSignal
}

/**
 * Sends a file as the body of a POST. fetch does not say how much it has sent; XMLHttpRequest does.
 * @throws ApiError for an answer that is no success; TypeError when no server answers; AbortError when the signal aborts
 */
export const upload = ({ target, body, onProgress, signal }: Upload): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', target)
    for (const [name, value] of Object.entries(ownHeader)) request.setRequestHeader(name, value)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    request.addEventListener('load', () => {
      tellReached(true)
      if (request.status >= 200 && request.status < 300) resolve(parseExactly(request.responseText))
      else reject(errorOf(request.status, request.responseText))
    })
    request.addEventListener('error', () => {
      tellReached(false)
      reject(new TypeError('the server does not answer'))
    })
    request.addEventListener('abort', () => reject(new DOMException('the upload was ended', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(body)
  })
