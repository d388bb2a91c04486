import type { AnswerOf } from '../../api/client.ts'

export type System = AnswerOf<'GET /api/v1/system'>
/** The server's state, which operators alone get. */
export type ServerState = NonNullable<System['server']>
