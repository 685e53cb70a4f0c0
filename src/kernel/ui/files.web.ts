/** Files out and in: downloads keep the server's name, uploads say how far they are. */
import type { Operation, OutputOf } from '../contract/contract.rules.ts'
import { addressOf, headersFor, OFFLINE, problemFrom, request, withSession, type CallOptions, type InputFor } from './client.web.ts'

const nameFrom = (header: string | null): string => {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '')?.[1]
  return encoded ? decodeURIComponent(encoded) : (/filename="([^"]+)"/i.exec(header ?? '')?.[1] ?? '下载')
}

/** Hands a file that was made here to the person. */
export function saveAs(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Calls an operation that answers with a file and saves it; gives the file's name. */
export async function download<O extends Operation>(operation: O, input: InputFor<O>, options: CallOptions = {}): Promise<string> {
  const response = await request(operation, input, options)
  const name = nameFrom(response.headers.get('content-disposition'))
  saveAs(await response.blob(), name)
  return name
}

export interface UploadOptions extends CallOptions {
  /** 0 to 1 of the bytes sent. */
  onProgress?: (part: number) => void
}

/** Multipart with the input as JSON and the file. XMLHttpRequest, because fetch does not tell how much is sent. */
export function upload<O extends Operation>(operation: O, input: InputFor<O>, file: File, options: UploadOptions = {}): Promise<OutputOf<O>> {
  const { url, rest } = addressOf(operation, (input ?? {}) as Record<string, unknown>)
  const attempt = () =>
    new Promise<OutputOf<O>>((resolve, reject) => {
      const body = new FormData()
      body.append('input', JSON.stringify(rest))
      body.append('file', file)
      const xhr = new XMLHttpRequest()
      xhr.open('POST', url)
      for (const [name, value] of Object.entries(headersFor(operation, options))) xhr.setRequestHeader(name, value)
      xhr.upload.onprogress = (e) => e.lengthComputable && options.onProgress?.(e.loaded / e.total)
      xhr.onload = () => (xhr.status < 300 ? resolve(JSON.parse(xhr.responseText) as OutputOf<O>) : reject(problemFrom(xhr.status, xhr.responseText)))
      xhr.onerror = () => reject(OFFLINE())
      xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'))
      options.signal?.addEventListener('abort', () => xhr.abort())
      xhr.send(body)
    })
  return withSession(operation, options, attempt)
}
