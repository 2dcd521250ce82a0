-- grain: a street or county: drafts that wait for its signature, and since when the oldest does
-- parameters: none
-- writes: nothing
SELECT
    COALESCE(c.street_code, a.street_code, '') AS street_code,
    COUNT(*) AS drafts,
    MIN(c.asked_at) AS oldest_at
FROM circular AS c
LEFT JOIN assessment AS a ON a.id = c.assessment_id
WHERE c.state = 'draft' AND c.asked_at IS NOT NULL
GROUP BY COALESCE(c.street_code, a.street_code, '')
ORDER BY 1
