/**
 * Why a line does not count: what each reason means, and what to do about it. `load/checked-lines.sql` tests for them in
 * this order, and a line has the first that fits; rejection-reasons.test.ts compares the two. The names are on the wire.
 */
export const rejectionReasons = {
  blank: {
    meaning: 'The line is empty, or a carriage return alone: it counts apart, as a header does',
    advice: 'Nothing: many programs end a log so',
  },
  nul_bytes: {
    meaning: 'The line has a NUL byte',
    advice: 'Look for a crash of the web server or a full disk at that time: both leave NUL bytes in a log',
  },
  lines_joined: {
    meaning:
      'The line has more than 1 MiB and holds many requests: in the share of rejected lines its bytes count as lines',
    advice: 'See where line ends were lost on the way, and deliver the log again',
  },
  line_too_long: {
    meaning: 'The line of one request has more than 1 MiB',
    advice: 'Have the web server cut what it logs of a request, or limit its headers: most do so far below that',
  },
  header: {
    meaning: 'The line is a header of the log: `#Version:`, `#Fields:`, or names of columns in the first line',
    advice: 'Nothing: headers are no requests, and count apart from rejected lines',
  },
  piece_of_line: {
    meaning: 'The line is a piece of a longer one: a container’s run time cut it, at 16 KiB',
    advice: 'Let the web server write to a file or a socket, or shorten what it logs of a request',
  },
  carriage_return: {
    meaning: 'A carriage return stands within the line, outside of quotes: it may hold several requests',
    advice: 'Convert the line ends: a log’s lines end in a line feed, with a carriage return before it or without',
  },
  server_message: {
    meaning:
      'A message of the server’s own stands among its requests, as of HAProxy, of nginx’s error log or of a failed TLS handshake: it is in no share of rejected lines',
    advice: 'Nothing: it is no request. A log of such messages alone is no access log, and fails',
  },
  fields: {
    meaning: 'The line does not have the format’s fields where they belong',
    advice: 'Compare it with `fluxport formats`; name the right `--format`, or describe your own with `--formats FILE`',
  },
  not_a_visitor: {
    meaning:
      'The edge wrote the line of a request of its own, which no visitor sent: it is in no share of rejected lines',
    advice: 'Usually nothing. `--count-also` counts a class of such lines after all; see the log formats',
  },
  bad_time: {
    meaning: 'The time cannot be read, or is on a day, or in a zone, that does not exist',
    advice: 'Let the log be written with the time form of its format',
  },
  time_too_old: {
    meaning: 'The time is before the year 2000',
    advice: 'Set the clock of the machine that writes the log: one that was never set says 1970',
  },
  time_in_future: {
    meaning: 'The time is more than a day ahead of the server’s clock',
    advice: 'Compare the clocks of both machines; for times without a zone, give `--log-zone`',
  },
  before_retention: {
    meaning:
      'The time is older than the single requests that the server keeps (`--keep-requests-days`): it is in no share of rejected lines',
    advice: 'Nothing can be added to such a day. `fluxport retention` says which days are kept',
  },
  bad_status: {
    meaning: 'The status is not a number of three digits, or 0 where no answer was sent',
    advice: 'Compare the line with the format; a shifted field is the usual cause',
  },
  bad_bytes: {
    meaning: 'The size is not a whole number, or is more than a petabyte (2^50 bytes)',
    advice: 'Compare the line with the format; look for an exporter that writes -1 as a number without a sign',
  },
  no_domain: {
    meaning: 'The line names no domain, and neither does the delivery',
    advice: 'Name it: `--domain` of `fluxport ingest`, `?domain=` of a push, `domain` of a log source',
  },
  bad_domain: {
    meaning:
      'The line names something that is not a host name of at most 253 characters, or that ends in a number and is no address',
    advice: 'Usually nothing: scanners send such names. If all lines have one, compare them with the format',
  },
  domain_not_allowed: {
    meaning:
      'The ingest key may not deliver the domain, or its account did not have it when the log came to count: it is in no share of rejected lines',
    advice: 'Assign the domain to the account, or make a key whose `--domains` has it; then deliver the log again',
  },
} as const satisfies Record<string, { meaning: string; advice: string }>

export type RejectionReason = keyof typeof rejectionReasons
