-- grain: one arrival of these that has not been answered
-- parameters: ids, a JSON array
-- writes: nothing
SELECT delivery.id
FROM delivery
INNER JOIN json_each(:ids) AS wanted ON delivery.id = wanted.value
WHERE delivery.status = 'waiting'
