import { words } from '../language/language.ts'

export const controlWords = words(
  {
    close: 'Close',
    cancel: 'Cancel',
    loading: 'Loading …',
    again: 'Try again',
    failed: 'That did not work',
    copy: 'Copy',
    copied: 'Copied',
    copyOf: (label) => `Copy: ${label}`,
  },
  {
    close: '关闭',
    cancel: '取消',
    loading: '加载中……',
    again: '重试',
    failed: '操作失败',
    copy: '复制',
    copied: '已复制',
    copyOf: (label) => `复制：${label}`,
  },
)
