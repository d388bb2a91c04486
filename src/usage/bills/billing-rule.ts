/**
 * The rule for a bill's figures from 5-minute points (exports-layout: billing maths). The server configures it; each
 * task keeps the rule of its creation, and its file states it.
 */
export type BillingRule = {
  /**
   * This share of the points of a month's valid days is discarded, from the highest down; the next point is the value.
   */
  discardPercent: number
  /** A day is valid when more bytes than this were sent on it. */
  validDayBytesOver: number
  /** Percentage added to logged bytes, which exclude headers and retransmissions. */
  overheadPercent: number
}

/** The rule as one text, for the file itself. */
export const billingRuleText = (rule: BillingRule, language: 'en' | 'zh'): string =>
  language === 'en'
    ? `Points are 5 minutes: bytes x 8 / 300, rounded to bit/s. All points of a month's valid days are sorted from the highest; floor(points x ${rule.discardPercent} %) are discarded and the next is the percentile. A day is valid when more than ${rule.validDayBytesOver} bytes were sent on it. Daily peak: the highest point of a valid day. Billed traffic: logged traffic + ${rule.overheadPercent} %.`
    : `每5分钟为一个点：字节数×8/300，四舍五入到bit/s。将当月有效日的所有点从高到低排序，去掉前floor(点数×${rule.discardPercent}%)个点，下一个点即为百分位值。当日流量大于${rule.validDayBytesOver}字节为有效日。日峰值为有效日的最高点。计费流量＝日志流量＋${rule.overheadPercent}%。`
