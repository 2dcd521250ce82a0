-- grain: one arrival of these that has not been answered
-- parameters: ids, a JSON array
-- writes: nothing
SELECT delivery.id
FROM delivery
INNER JOIN jsonb_array_elements_text(CAST(:ids AS JSONB)) AS wanted (id) ON delivery.id = wanted.id
WHERE delivery.status = 'waiting'
