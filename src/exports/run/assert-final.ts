import { AppError } from '../../errors.ts'
import { notFinalText, type TaskCoverage } from '../reports/task-coverage.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** A bucket is not final. The message is for the task's owner. */
export class NotFinal extends AppError {}

/** @throws NotFinal when the request demands final figures, and a bucket is not final */
export function assertFinal(request: ExportRequest, coverage: TaskCoverage): void {
  const problem = request.requireFinal ? notFinalText(coverage, request) : null
  if (problem !== null) throw new NotFinal('FLUXPORT.0401', problem)
}
