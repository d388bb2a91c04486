import { words } from '../language/language.ts'

export const startWords = words(
  {
    title: 'No log has come yet',
    lead: 'Three commands make the first file. The page goes on by itself when the first log has come.',
    ingest: 'Load a log, plain or compressed; its format is recognised:',
    export: 'Make a file of its traffic:',
    bill: 'Make the bill of a month:',
    demo: 'In a clone, “npm run demo” writes logs of invented traffic to demo-data/ that you can load.',
    key: 'On the server’s own host the commands find the key in the data directory. Elsewhere they take FLUXPORT_AK and FLUXPORT_SK.',
    waiting: 'Waiting for the first log …',
    drop: 'Or drop a file here',
  },
  {
    title: '尚未收到日志',
    lead: '三条命令即可生成第一个文件。收到第一份日志后，本页会自动更新。',
    ingest: '加载日志（可为压缩文件，自动识别格式）：',
    export: '生成流量文件：',
    bill: '生成月度账单：',
    demo: '在源码目录中运行“npm run demo”，会在 demo-data/ 生成可加载的示例日志。',
    key: '在服务所在主机上，命令会在数据目录中找到密钥；在其他主机上请设置 FLUXPORT_AK 和 FLUXPORT_SK。',
    waiting: '正在等待第一份日志……',
    drop: '或在页面中上传文件',
  },
)
