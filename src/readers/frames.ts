/**
 * Frames between the server and a reader process: a kind, a length of four bytes, then that many bytes. The server
 * sends a job (JSON) and the body that belongs to it. The reader sends bytes, and at a job's end an end or an error
 * (JSON).
 */
const frameKinds = { job: 1, body: 2, bytes: 3, end: 4, error: 5 } as const
export type FrameKind = keyof typeof frameKinds

const headerBytes = 5

/** A frame's header; its content follows. */
export function frameHeader(kind: FrameKind, length: number): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(frameKinds[kind])
  header.writeUInt32BE(length, 1)
  return header
}

const kindOf = new Map<number, FrameKind>(
  Object.entries(frameKinds).map(([name, number]) => [number, name as FrameKind]),
)

export type Frame = { kind: FrameKind; content: Buffer }

/**
 * Parses frames out of pieces of a stream. Frames of bytes are passed on as they arrive, in any length; others whole.
 */
export function createFrameParser() {
  let pending: Buffer = Buffer.alloc(0)
  let open: { kind: FrameKind; left: number; pieces: Buffer[] } | null = null
  return (piece: Buffer): Frame[] => {
    const frames: Frame[] = []
    let rest = pending.length > 0 ? Buffer.concat([pending, piece]) : piece
    for (;;) {
      if (open === null) {
        if (rest.length < headerBytes) break
        const kind = kindOf.get(rest.readUInt8())
        if (kind === undefined) throw new Error('a frame is of no kind')
        open = { kind, left: rest.readUInt32BE(1), pieces: [] }
        rest = rest.subarray(headerBytes)
      }
      const part = rest.subarray(0, open.left)
      rest = rest.subarray(part.length)
      open.left -= part.length
      if (open.kind !== 'bytes') open.pieces.push(part)
      else if (part.length > 0) frames.push({ kind: 'bytes', content: part })
      if (open.left > 0) break
      if (open.kind !== 'bytes') frames.push({ kind: open.kind, content: Buffer.concat(open.pieces) })
      open = null
    }
    pending = rest
    return frames
  }
}
