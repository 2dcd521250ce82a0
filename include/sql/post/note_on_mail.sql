-- grain: one mail, sent or on its way, gets a note beside its server's answer; the same note again changes nothing
-- parameters: id, note
-- writes: mail
UPDATE mail
SET error = CASE WHEN error = '' THEN CAST(:note AS TEXT) ELSE error || '；' || CAST(:note AS TEXT) END
WHERE id = :id AND state IN ('sent', 'unknown') AND REPLACE(error, CAST(:note AS TEXT), '') = error
