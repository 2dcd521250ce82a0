-- grain: how the circular of an assessment, or a letter, was put to the committee last, none or one
-- parameters: subject
-- reads: referral
SELECT batch, is_settled
FROM referral
WHERE subject = :subject
