-- What the operator tells people about the service: incidents and announcements.
create table incidents (
  id {{text}} primary key,
  kind {{text}} not null,
  title {{text}} not null,
  text {{text}} not null,
  state {{text}} not null,
  created_at bigint not null,
  updated_at bigint not null,
  resolved_at bigint
) {{clustered}};
create index incidents_by_state on incidents (state, resolved_at);
create index incidents_by_creation on incidents (created_at, id);

create table incident_updates (
  incident_id {{text}} not null,
  seq bigint not null,
  text {{text}} not null,
  created_at bigint not null,
  primary key (incident_id, seq)
) {{clustered}};
