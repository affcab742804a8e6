-- The floor of *redeem*, for pgbench: a redemption without Classkey. Each client has its own
-- people (`who`) and goes through the codes (`which`), so that nobody uses a code twice.
\set which :turn % :codes
\set who :client_id * 1000 + :turn / :codes
\set turn :turn + 1
BEGIN;
SELECT id AS code, place_id AS place, permission, last_four, expires_at, deleted_at
    FROM school_code WHERE digest = decode(lpad(to_hex(:which::int), 64, '0'), 'hex') \gset
INSERT INTO school_redemption (code_id, user_id, redeemed_at)
    VALUES (:code, lpad(to_hex(:who::int), 32, '0')::uuid, now()) RETURNING id AS redemption \gset
INSERT INTO school_membership (place_id, user_id, permission, given, came_by_id, joined_at)
    VALUES (:place, lpad(to_hex(:who::int), 32, '0')::uuid, :permission, :permission, :redemption, now());
INSERT INTO school_auditevent (at, action, actor, place, code_last_four, detail, origin)
    VALUES (now(), 'code.redeemed', lpad(to_hex(:who::int), 32, '0')::uuid, :place, :last_four, '', '127.0.0.1');
COMMIT;
