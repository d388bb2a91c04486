import { words } from '../language/language.ts'

export const sessionWords = words(
  {
    title: 'Sign in',
    accessKey: 'Access key',
    secretKey: 'Secret key',
    signIn: 'Sign in',
    hint: 'The server prints a link that signs you in when it starts; `fluxport open` makes another one.',
    expired: 'Your session has ended. Sign in again, and this page goes on where it was.',
    linkFailed:
      'This link has been used, or is older than 10 minutes. Sign in with a key, or make a new link with `fluxport open`.',
    linkTitle: 'Sign in with this link?',
    linkAsks: (name: string) =>
      `You are signed in as ${name}. The link may be another account’s. What you load or change after it is then theirs. Use it only if you made it, or trust who gave it to you.`,
    linkUse: 'Use the link',
    linkStay: (name: string) => `Stay signed in as ${name}`,
    ingest: 'This key can only deliver logs. Sign in with a key of the role account or operator.',
    waiting: 'Asking the server …',
  },
  {
    title: '登录',
    accessKey: '访问密钥 ID',
    secretKey: '访问密钥',
    signIn: '登录',
    hint: '服务启动时会打印登录链接；也可用 `fluxport open` 生成新的链接。',
    expired: '会话已结束。请重新登录，页面将从原处继续。',
    linkFailed: '该链接已使用过，或已超过 10 分钟。请使用密钥登录，或用 `fluxport open` 生成新的链接。',
    linkTitle: '使用此链接登录？',
    linkAsks: (name: string) =>
      `您当前以 ${name} 登录。该链接可能属于其他账号，使用后您上传或更改的内容将归于该账号。仅在链接由您生成或来源可信时使用。`,
    linkUse: '使用链接',
    linkStay: (name: string) => `保持以 ${name} 登录`,
    ingest: '该密钥只能上传日志。请使用角色为 account 或 operator 的密钥登录。',
    waiting: '正在连接服务……',
  },
)
