import { type Static, type TSchema, Type } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'

/** Schemas that several routes share. They validate, and they make the OpenAPI document. */

/** Text without NUL, which PostgreSQL cannot hold. */
export const Text = (description: string, maxLength = 1_000) =>
  Type.String({ description, maxLength, pattern: '^[^\\u0000]*$' })

/** A whole number written with every digit, even from 2^53 on; a client whose numbers are doubles must parse it so. */
export const Whole = (description: string) => Type.Unsafe<WholeNumber>({ type: 'integer', description })
/** As `Whole`, or null. The serializer accepts a bigint for an integer, but not in a union. */
export const WholeOrNull = (description: string) =>
  Type.Unsafe<WholeNumber | null>({ type: 'integer', nullable: true, description })
/** An object or a list that holds `Whole` numbers, or null; in a union the serializer would refuse a bigint. */
export const HolderOrNull = <T extends TSchema>(schema: T, description: string) =>
  Type.Unsafe<Static<T> | null>({ ...schema, nullable: true, description })

export const UnixMs = (description: string) => Type.Integer({ description: `${description}, unix ms` })
/** A time in a query, from 1970 to 2100. */
export const UnixMsText = (description: string) =>
  Type.Optional(Type.Integer({ description: `${description}, unix ms`, minimum: 0, maximum: 4_102_444_800_000 }))
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Role = Type.Enum(['operator', 'account', 'ingest'])

/** The body of every error: the same code and text where each official SDK looks for them. */
const ErrorBody = Type.Object(
  {
    error: Type.Object({
      error_code: Type.String(),
      error_msg: Type.String(),
      code: Type.String(),
      message: Type.String(),
    }),
    error_code: Type.String({ description: 'Stable; each code has a page in docs/reference/errors/' }),
    error_msg: Type.String(),
    request_id: Type.String(),
  },
  { description: 'The request was refused or failed' },
)

export const errorAnswers = { '4xx': ErrorBody, '5xx': ErrorBody }
