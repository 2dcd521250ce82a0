-- grain: one question asked by the moment; an answer given later is not known yet
-- parameters: as_of_at
-- writes: nothing
SELECT circular_id, sequence, model_hash, asked_at, asked_in, office, batch,
    CASE WHEN answered_at <= :as_of_at THEN answered_at END AS answered_at,
    CASE WHEN answered_at <= :as_of_at THEN answer ELSE '' END AS answer,
    CASE WHEN answered_at <= :as_of_at THEN account ELSE '' END AS account,
    CASE WHEN answered_at <= :as_of_at THEN name ELSE '' END AS name,
    CASE WHEN answered_at <= :as_of_at THEN note ELSE '' END AS note,
    CASE WHEN answered_at <= :as_of_at THEN how ELSE '' END AS how
FROM question
WHERE asked_at <= :as_of_at
ORDER BY circular_id, sequence
