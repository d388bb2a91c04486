-- 5-minute sums that count.
SELECT *
FROM usage
WHERE /*asked*/
  AND /*visible*/
