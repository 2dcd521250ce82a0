-- grain: one system, kind of item beside rectification and unit, with its name on a day: how many items in all, open, past the last
--   day of the step at which they stand, waiting for somebody else, and ended
-- parameters: on_date, street_code (empty: all)
-- writes: nothing
SELECT
    i.scheme,
    i.kind,
    i.unit_code,
    u.name AS unit_name,
    MAX(i.opened_period) AS opened_period,
    COUNT(*) AS items,
    SUM(CASE WHEN i.is_open THEN 1 ELSE 0 END) AS open_items,
    SUM(
        CASE WHEN i.is_open AND s.waits_since_date IS NULL AND s.due_date < :on_date THEN 1 ELSE 0 END
    ) AS overdue_items,
    SUM(CASE WHEN i.is_open AND s.waits_since_date IS NOT NULL THEN 1 ELSE 0 END) AS waiting_items,
    SUM(CASE WHEN i.is_open THEN 0 ELSE 1 END) AS closed_items
FROM rectification_item AS i
LEFT JOIN item_step AS s ON s.item_id = i.id AND s.ended_date IS NULL
LEFT JOIN unit AS u ON u.code = i.unit_code AND u.valid_from <= :on_date AND (u.valid_to IS NULL OR u.valid_to >= :on_date)
WHERE i.kind <> 'rectification' AND (:street_code = '' OR u.street_code = :street_code)
GROUP BY i.scheme, i.kind, i.unit_code, u.name
ORDER BY i.scheme, i.kind, i.unit_code
