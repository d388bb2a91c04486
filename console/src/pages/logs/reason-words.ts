import { words } from '../../language/language.ts'

/** The reasons why a line does not count, as docs/reference/rejection-reasons.md has them. */
export const reasonWords = words(
  {
    blank: 'The line is empty: it counts apart, as a header does.',
    header: 'The line is a header of the log: headers are no requests.',
    nul_bytes: 'The line has a NUL byte: look for a crash of the web server or a full disk at that time.',
    lines_joined: 'The line has more than 1 MiB and holds many requests: line ends were lost on the way.',
    line_too_long: 'The line of one request has more than 1 MiB.',
    piece_of_line: 'The line is a piece of a longer one: a container’s run time cut it, at 16 KiB.',
    carriage_return: 'A carriage return stands within the line: convert the line ends.',
    server_message: 'A message of the server’s own stands among its requests. It is no request.',
    fields: 'The line does not have the format’s fields where they belong: look whether the format is the right one.',
    not_a_visitor: 'The edge wrote the line of a request of its own, which no visitor sent.',
    bad_time: 'The time cannot be read, or is on a day, or in a zone, that does not exist.',
    time_too_old: 'The time is before the year 2000: the clock of the machine was never set.',
    time_in_future: 'The time is more than a day ahead: compare the clocks, and name the zone of the log.',
    before_retention: 'The time is older than the single requests that the server keeps.',
    bad_status: 'The status is not a number of three digits, or 0.',
    bad_bytes: 'The size is not a whole number, or is more than a petabyte.',
    no_domain: 'The line names no domain: name it above, as the domain of lines that name none.',
    bad_domain: 'The line names something that is not a host name: scanners send such names.',
    domain_not_allowed: 'The key may not deliver the domain, or its account does not have it.',
  },
  {
    blank: '空行：与表头一样单独计数。',
    header: '日志表头：不是请求。',
    nul_bytes: '行中含 NUL 字节：请检查当时 Web 服务器是否崩溃或磁盘已满。',
    lines_joined: '行长超过 1 MiB 且含多个请求：换行符在传输中丢失。',
    line_too_long: '单个请求的行超过 1 MiB。',
    piece_of_line: '被容器运行时截断（16 KiB）的部分行。',
    carriage_return: '行中含回车符：请转换换行符。',
    server_message: '服务器自身的消息，不是请求。',
    fields: '字段与格式不符：请检查格式是否正确。',
    not_a_visitor: '边缘节点自身的请求，并非访客发送。',
    bad_time: '时间无法读取，或日期、时区不存在。',
    time_too_old: '时间早于 2000 年：机器时钟未设置。',
    time_in_future: '时间超前一天以上：请核对时钟，并指定日志时区。',
    before_retention: '时间早于服务保留的单条请求范围。',
    bad_status: '状态码不是三位数字，或为 0。',
    bad_bytes: '大小不是整数，或超过 1 PB。',
    no_domain: '行中未写明域名：请在上方填写“未写明域名的行所属域名”。',
    bad_domain: '所写内容不是主机名：通常来自扫描器。',
    domain_not_allowed: '该密钥不得上传此域名，或其账号没有此域名。',
  },
)

/** The steps after an error of a load, as the pages of the errors in docs/reference/errors have them. */
export const helpWords = words(
  {
    'CDN.0001':
      'Change the choice that the text names. “domain” is above as “Domain of lines that name none”, “log_zone” as “Zone of times without one”.',
    'FLUXPORT.0003': 'Nothing was taken. Try again in a moment.',
    'FLUXPORT.0101':
      'If the earlier batch was loaded wrongly, forget it and load this again. If both shall count, load it all the same.',
    'FLUXPORT.0102': 'The file is damaged or cut. Fetch it again and load it.',
    'FLUXPORT.0103':
      'Name the format if the head of the file is unusual. For a format that Fluxport does not know, `fluxport formats guess FILE` proposes a description.',
    'FLUXPORT.0104': 'The file was written to while it was read. Load it once it is complete.',
    'FLUXPORT.0105':
      'Nothing was taken: make room on the server’s disk, or wait for the loads in progress, and try again.',
    'FLUXPORT.0106':
      'If this file replaces the named batches, forget those and load it again. If its requests are others than theirs, load it all the same.',
    'FLUXPORT.0108': 'Compress the log without --long and --ultra, or raise the setting that the text names.',
    'FLUXPORT.0109':
      'Damaged? Load the mended file under its name: it takes this one’s place. Wrong format or domain? Forget the batch, and load it again with the right one. Else open the batch and accept it.',
    'FLUXPORT.0110': 'Look at the reasons, and load the log again with the format or the domain that was missing.',
    'FLUXPORT.0302': 'The log is older than what is kept. Nothing can be added to such days.',
  },
  {
    'CDN.0001':
      '请修改错误中所列的选项：“domain”即上方的“未写明域名的行所属域名”，“log_zone”即“未写明时区的时间所属时区”。',
    'FLUXPORT.0003': '未接收任何内容，请稍后重试。',
    'FLUXPORT.0101': '若先前的批次加载有误，请移除后重新加载；若两者都应计入，可选择仍然加载。',
    'FLUXPORT.0102': '文件损坏或不完整，请重新获取后加载。',
    'FLUXPORT.0103': '若文件首部特殊，请指定格式。未知格式可用 `fluxport formats guess FILE` 生成描述。',
    'FLUXPORT.0104': '读取期间文件仍在写入，请待其完成后加载。',
    'FLUXPORT.0105': '未接收任何内容：请清理服务磁盘，或等待正在进行的加载完成后重试。',
    'FLUXPORT.0106': '若本文件用于替换所列批次，请移除它们后重新加载；若请求并不相同，可选择仍然加载。',
    'FLUXPORT.0108': '压缩时不要使用 --long 和 --ultra，或调高错误中所列的设置。',
    'FLUXPORT.0109':
      '若文件损坏，修复后以同名重新加载即可替换；若格式或域名有误，请移除该批次并以正确设置重新加载；否则可打开该批次并接受。',
    'FLUXPORT.0110': '请查看原因，补充格式或域名后重新加载。',
    'FLUXPORT.0302': '日志早于保留范围，无法再补充。',
  },
)
