-- grain: one open item of rectification past its last day, with when the community answered last: who answered in time is not late
-- parameters: on_date
-- writes: nothing
SELECT
    i.scheme,
    COALESCE(u.street_code, '') AS street_code,
    i.deadline,
    i.state,
    (
        SELECT MAX(e.happened_at)
        FROM item_event AS e
        WHERE e.item_id = i.id AND e.kind = 'answered'
    ) AS answered_at
FROM rectification_item AS i
LEFT JOIN unit AS u
    ON u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
WHERE i.is_open AND i.kind = 'rectification' AND i.deadline < :on_date
ORDER BY i.scheme, i.id
