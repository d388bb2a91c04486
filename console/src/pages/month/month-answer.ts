import type { AnswerOf } from '../../api/client.ts'

/** A month to date. */
export type MonthAnswer = AnswerOf<'GET /api/v1/month'>
