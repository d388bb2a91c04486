import { words } from '../language/language.ts'

export const clientWords = words(
  {
    filter: 'Only these clients',
    remove: (kind, name) => `Remove the filter ${kind}: ${name}`,
    removeAll: 'All clients',
    country: 'Country',
    province: 'Province',
    isp: 'Carrier',
    ip_version: 'IP version',
  },
  {
    filter: '仅统计以下客户端',
    remove: (kind, name) => `移除筛选 ${kind}：${name}`,
    removeAll: '全部客户端',
    country: '国家',
    province: '省份',
    isp: '运营商',
    ip_version: 'IP 版本',
  },
)
