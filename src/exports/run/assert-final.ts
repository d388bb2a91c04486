import { AppError } from '../../errors.ts'
import { notFinalText, type TaskCoverage } from '../reports/task-coverage.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** The first bucket that is not final. Its text is for the task's owner. */
export class NotFinal extends AppError {}

/** @throws NotFinal when the request takes final figures alone, and there are others */
export function assertFinal(request: ExportRequest, coverage: TaskCoverage): void {
  const problem = request.requireFinal ? notFinalText(coverage) : null
  if (problem !== null) throw new NotFinal('FLUXPORT.0401', problem)
}
