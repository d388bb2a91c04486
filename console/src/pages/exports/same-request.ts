import { asAction, type FieldName, fieldNames, takes } from './actions.ts'
import type { Task } from './use-task.ts'

const codes = (list: readonly string[] | null): string => list?.join(',') ?? ''

/** Fields of the form that make another task like this one. */
export function fieldsOf({ action, effective: asked }: Task): Partial<Record<FieldName, string>> {
  const given: Partial<Record<FieldName, string>> = {
    group_by: asked.group_by ?? '',
    interval: String(asked.interval),
    stat_type: asked.stat_type === 'flux' ? '' : asked.stat_type,
    limit: asked.limit === null ? '' : String(asked.limit),
    country: codes(asked.country),
    province: codes(asked.province),
    isp: codes(asked.isp),
    format: asked.format,
    compression: asked.compression,
    language: asked.language,
    coverage_column: asked.coverage_column ? 'true' : '',
    require_final: asked.require_final ? 'true' : '',
  }
  const named = fieldNames.filter((name) => given[name] && takes(asAction(action), name, given))
  return Object.fromEntries(named.map((name) => [name, given[name]]))
}

/** The body of a create that makes the same file of the data as they are then. */
export function bodyOf(task: Task): Record<string, unknown> {
  const { effective: asked, account } = task
  const { interval, limit, ...texts } = fieldsOf(task)
  return {
    action: task.action,
    ...(account === null ? {} : { account: account.id }),
    domain_name: asked.domains?.join(',') ?? 'all',
    start_time: asked.start_time,
    end_time: asked.end_time,
    time_zone: asked.time_zone,
    service_area: asked.service_area,
    ...texts,
    ...(interval === undefined ? {} : { interval: Number(interval) }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    task_name: task.task_name,
  }
}
