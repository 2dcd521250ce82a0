-- grain: an assessment or draft about which nothing is left to decide
-- parameters: subject
-- writes: referral
UPDATE referral
SET is_settled = TRUE
WHERE subject = :subject
