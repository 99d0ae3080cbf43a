-- Nodes look for devices that were signed out on another node a moment ago (S1).
create index devices_by_revocation on devices (revoked_at) where revoked_at is not null;
