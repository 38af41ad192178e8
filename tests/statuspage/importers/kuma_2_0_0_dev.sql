-- What Uptime Kuma 2.0.0-dev.0 itself wrote (MIT licence, Copyright (c) 2021 Louis Lam; the release
-- that the npm registry has): monitors of eighteen types, groups, tags, status pages, incidents,
-- maintenance and two minutes of checks. Left out: its user, keys and messages of checks.
BEGIN TRANSACTION;
CREATE TABLE [api_key] (
    [id] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [key] VARCHAR(255) NOT NULL,
    [name] VARCHAR(255) NOT NULL,
    [user_id] INTEGER NOT NULL,
    [created_date] DATETIME DEFAULT (DATETIME('now')) NOT NULL,
    [active] BOOLEAN DEFAULT 1 NOT NULL,
    [expires] DATETIME DEFAULT NULL,
    CONSTRAINT FK_user FOREIGN KEY ([user_id]) REFERENCES [user]([id]) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "api_key" VALUES(1,'-','grafana',1,'2026-11-30 18:28:03',1,NULL);
CREATE TABLE docker_host (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	user_id INT NOT NULL,
	docker_daemon VARCHAR(255),
	docker_type VARCHAR(255),
	name VARCHAR(255)
);
INSERT INTO "docker_host" VALUES(1,1,'/var/run/docker.sock','socket','local');
CREATE TABLE `group`
(
    id           INTEGER      not null
        constraint group_pk
            primary key autoincrement,
    name         VARCHAR(255) not null,
    created_date DATETIME              default (DATETIME('now')) not null,
    public       BOOLEAN               default 0 not null,
    active       BOOLEAN               default 1 not null,
    weight       BOOLEAN      NOT NULL DEFAULT 1000
, status_page_id INTEGER);
INSERT INTO "group" VALUES(1,'Public services','2026-11-30 18:28:02',1,1,1,1);
INSERT INTO "group" VALUES(2,'Jobs','2026-11-30 18:28:02',1,1,2,1);
CREATE TABLE [heartbeat](
  [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, 
  [important] BOOLEAN NOT NULL DEFAULT 0, 
  [monitor_id] INTEGER NOT NULL REFERENCES [monitor]([id]) ON DELETE CASCADE ON UPDATE CASCADE, 
  [status] SMALLINT NOT NULL, 
  [msg] TEXT, 
  [time] DATETIME NOT NULL, 
  [ping] INTEGER, 
  [duration] INTEGER NOT NULL DEFAULT 0, down_count INTEGER default 0 not null);
INSERT INTO "heartbeat" VALUES(1,1,1,2,'','2026-11-30 18:27:44.284',NULL,0,0);
INSERT INTO "heartbeat" VALUES(2,1,2,2,'','2026-11-30 18:27:44.334',NULL,0,0);
INSERT INTO "heartbeat" VALUES(3,1,3,1,'','2026-11-30 18:27:44.393',29,0,0);
INSERT INTO "heartbeat" VALUES(4,1,4,2,'','2026-11-30 18:27:44.579',NULL,0,0);
INSERT INTO "heartbeat" VALUES(5,1,5,1,'','2026-11-30 18:27:44.686',6,0,0);
INSERT INTO "heartbeat" VALUES(6,1,6,1,'','2026-11-30 18:27:45.174',20,0,0);
INSERT INTO "heartbeat" VALUES(7,1,7,1,'','2026-11-30 18:27:46.042',6,0,0);
INSERT INTO "heartbeat" VALUES(8,1,8,1,'','2026-11-30 18:27:46.521',3,0,0);
INSERT INTO "heartbeat" VALUES(9,1,9,0,'','2026-11-30 18:27:47.681',NULL,0,0);
INSERT INTO "heartbeat" VALUES(10,1,10,0,'','2026-11-30 18:27:49.226',NULL,0,0);
INSERT INTO "heartbeat" VALUES(11,1,11,0,'','2026-11-30 18:27:52.318',NULL,0,0);
INSERT INTO "heartbeat" VALUES(12,1,13,1,'','2026-11-30 18:27:53.174',NULL,0,0);
INSERT INTO "heartbeat" VALUES(13,1,14,1,'','2026-11-30 18:27:54.559',61,0,0);
INSERT INTO "heartbeat" VALUES(14,1,15,0,'','2026-11-30 18:27:55.884',NULL,0,0);
INSERT INTO "heartbeat" VALUES(15,1,16,0,'','2026-11-30 18:27:58.979',NULL,0,0);
INSERT INTO "heartbeat" VALUES(16,1,17,0,'','2026-11-30 18:28:01.728',NULL,0,0);
INSERT INTO "heartbeat" VALUES(17,1,18,0,'','2026-11-30 18:28:01.815',NULL,0,0);
INSERT INTO "heartbeat" VALUES(18,1,19,0,'','2026-11-30 18:28:01.932',NULL,0,0);
INSERT INTO "heartbeat" VALUES(19,1,20,0,'','2026-11-30 18:28:02.018',NULL,0,0);
INSERT INTO "heartbeat" VALUES(20,0,1,2,'','2026-11-30 18:28:04.303',NULL,20,0);
INSERT INTO "heartbeat" VALUES(21,1,2,0,'','2026-11-30 18:28:04.356',NULL,20,0);
INSERT INTO "heartbeat" VALUES(22,0,3,1,'','2026-11-30 18:28:04.533',4,20,0);
INSERT INTO "heartbeat" VALUES(23,1,4,0,'','2026-11-30 18:28:04.627',NULL,20,0);
INSERT INTO "heartbeat" VALUES(24,0,5,1,'','2026-11-30 18:28:04.785',5,20,0);
INSERT INTO "heartbeat" VALUES(25,0,6,1,'','2026-11-30 18:28:05.354',46,20,0);
INSERT INTO "heartbeat" VALUES(26,0,7,1,'','2026-11-30 18:28:06.153',28,20,0);
INSERT INTO "heartbeat" VALUES(27,0,9,0,'','2026-11-30 18:28:07.969',NULL,20,0);
INSERT INTO "heartbeat" VALUES(28,0,10,0,'','2026-11-30 18:28:09.539',NULL,20,0);
INSERT INTO "heartbeat" VALUES(29,0,11,0,'','2026-11-30 18:28:12.767',NULL,20,0);
INSERT INTO "heartbeat" VALUES(30,0,13,1,'','2026-11-30 18:28:13.287',NULL,20,0);
INSERT INTO "heartbeat" VALUES(31,1,12,1,'','2026-11-30 18:28:16.151',10,0,0);
INSERT INTO "heartbeat" VALUES(32,0,15,0,'','2026-11-30 18:28:16.194',NULL,20,0);
INSERT INTO "heartbeat" VALUES(33,0,8,1,'','2026-11-30 18:28:16.680',40,30,0);
INSERT INTO "heartbeat" VALUES(34,0,16,0,'','2026-11-30 18:28:19.668',NULL,20,0);
INSERT INTO "heartbeat" VALUES(35,0,17,0,'','2026-11-30 18:28:21.742',NULL,20,0);
INSERT INTO "heartbeat" VALUES(36,0,18,0,'','2026-11-30 18:28:21.840',NULL,20,0);
INSERT INTO "heartbeat" VALUES(37,0,19,0,'','2026-11-30 18:28:21.943',NULL,20,0);
INSERT INTO "heartbeat" VALUES(38,0,20,0,'','2026-11-30 18:28:22.031',NULL,20,0);
INSERT INTO "heartbeat" VALUES(39,1,1,0,'','2026-11-30 18:28:24.309',NULL,20,0);
INSERT INTO "heartbeat" VALUES(40,0,2,0,'','2026-11-30 18:28:24.373',NULL,20,0);
INSERT INTO "heartbeat" VALUES(41,0,3,1,'','2026-11-30 18:28:24.565',73,20,0);
INSERT INTO "heartbeat" VALUES(42,0,4,0,'','2026-11-30 18:28:24.778',NULL,20,0);
INSERT INTO "heartbeat" VALUES(43,0,5,1,'','2026-11-30 18:28:24.888',47,20,0);
INSERT INTO "heartbeat" VALUES(44,0,6,1,'','2026-11-30 18:28:25.474',4,20,0);
INSERT INTO "heartbeat" VALUES(45,0,7,1,'','2026-11-30 18:28:26.313',3,20,0);
INSERT INTO "heartbeat" VALUES(46,0,9,0,'','2026-11-30 18:28:28.179',NULL,20,0);
INSERT INTO "heartbeat" VALUES(47,0,12,1,'','2026-11-30 18:28:28.532',11,12,0);
INSERT INTO "heartbeat" VALUES(48,0,10,0,'','2026-11-30 18:28:29.665',NULL,20,0);
INSERT INTO "heartbeat" VALUES(49,0,11,0,'','2026-11-30 18:28:32.921',NULL,20,0);
INSERT INTO "heartbeat" VALUES(50,0,13,1,'','2026-11-30 18:28:33.519',NULL,20,0);
INSERT INTO "heartbeat" VALUES(51,0,15,0,'','2026-11-30 18:28:36.551',NULL,20,0);
INSERT INTO "heartbeat" VALUES(52,0,16,0,'','2026-11-30 18:28:39.796',NULL,20,0);
INSERT INTO "heartbeat" VALUES(53,0,12,1,'','2026-11-30 18:28:40.607',12,12,0);
INSERT INTO "heartbeat" VALUES(54,0,17,0,'','2026-11-30 18:28:41.857',NULL,20,0);
INSERT INTO "heartbeat" VALUES(55,0,18,0,'','2026-11-30 18:28:42.024',NULL,20,0);
INSERT INTO "heartbeat" VALUES(56,0,20,0,'','2026-11-30 18:28:42.063',NULL,20,0);
INSERT INTO "heartbeat" VALUES(57,0,19,0,'','2026-11-30 18:28:42.045',NULL,20,0);
INSERT INTO "heartbeat" VALUES(58,0,1,0,'','2026-11-30 18:28:44.363',NULL,20,0);
INSERT INTO "heartbeat" VALUES(59,0,2,0,'','2026-11-30 18:28:44.508',NULL,20,0);
INSERT INTO "heartbeat" VALUES(60,0,3,1,'','2026-11-30 18:28:44.763',7,20,0);
INSERT INTO "heartbeat" VALUES(61,1,4,1,'','2026-11-30 18:28:44.913',17,20,0);
INSERT INTO "heartbeat" VALUES(62,0,5,1,'','2026-11-30 18:28:45.055',22,20,0);
INSERT INTO "heartbeat" VALUES(63,0,6,1,'','2026-11-30 18:28:45.501',24,20,0);
INSERT INTO "heartbeat" VALUES(64,0,7,1,'','2026-11-30 18:28:46.323',75,20,0);
INSERT INTO "heartbeat" VALUES(65,0,8,1,'','2026-11-30 18:28:46.865',0,30,0);
INSERT INTO "heartbeat" VALUES(66,0,9,0,'','2026-11-30 18:28:48.411',NULL,20,0);
INSERT INTO "heartbeat" VALUES(67,0,10,0,'','2026-11-30 18:28:49.805',NULL,20,0);
INSERT INTO "heartbeat" VALUES(68,0,12,1,'','2026-11-30 18:28:52.766',13,12,0);
INSERT INTO "heartbeat" VALUES(69,0,11,0,'','2026-11-30 18:28:52.943',NULL,20,0);
INSERT INTO "heartbeat" VALUES(70,0,13,1,'','2026-11-30 18:28:53.619',NULL,20,0);
INSERT INTO "heartbeat" VALUES(71,0,15,0,'','2026-11-30 18:28:56.641',NULL,20,0);
INSERT INTO "heartbeat" VALUES(72,0,16,0,'','2026-11-30 18:28:59.832',NULL,20,0);
INSERT INTO "heartbeat" VALUES(73,0,17,0,'','2026-11-30 18:29:02.011',NULL,20,0);
INSERT INTO "heartbeat" VALUES(74,0,18,0,'','2026-11-30 18:29:02.335',NULL,20,0);
INSERT INTO "heartbeat" VALUES(75,0,20,0,'','2026-11-30 18:29:02.635',NULL,20,0);
INSERT INTO "heartbeat" VALUES(76,0,19,0,'','2026-11-30 18:29:02.741',NULL,20,0);
INSERT INTO "heartbeat" VALUES(77,0,1,0,'','2026-11-30 18:29:04.388',NULL,20,0);
INSERT INTO "heartbeat" VALUES(78,0,2,0,'','2026-11-30 18:29:04.686',NULL,20,0);
INSERT INTO "heartbeat" VALUES(79,1,12,0,'','2026-11-30 18:29:04.808',14,12,0);
INSERT INTO "heartbeat" VALUES(80,0,3,1,'','2026-11-30 18:29:04.834',18,20,0);
INSERT INTO "heartbeat" VALUES(81,0,4,1,'','2026-11-30 18:29:05.057',8,20,0);
INSERT INTO "heartbeat" VALUES(82,0,5,1,'','2026-11-30 18:29:05.146',22,20,0);
INSERT INTO "heartbeat" VALUES(83,0,6,1,'','2026-11-30 18:29:05.621',39,20,0);
INSERT INTO "heartbeat" VALUES(84,0,7,1,'','2026-11-30 18:29:06.539',49,20,0);
INSERT INTO "heartbeat" VALUES(85,0,9,0,'','2026-11-30 18:29:08.432',NULL,20,0);
INSERT INTO "heartbeat" VALUES(86,0,10,0,'','2026-11-30 18:29:09.960',NULL,20,0);
INSERT INTO "heartbeat" VALUES(87,0,11,0,'','2026-11-30 18:29:13.006',NULL,20,0);
INSERT INTO "heartbeat" VALUES(88,0,13,1,'','2026-11-30 18:29:13.702',NULL,20,0);
INSERT INTO "heartbeat" VALUES(89,0,15,0,'','2026-11-30 18:29:16.748',NULL,20,0);
INSERT INTO "heartbeat" VALUES(90,1,12,1,'','2026-11-30 18:29:17.006',15,12,0);
INSERT INTO "heartbeat" VALUES(91,0,8,1,'','2026-11-30 18:29:17.030',2,30,0);
INSERT INTO "heartbeat" VALUES(92,0,16,0,'','2026-11-30 18:29:19.929',NULL,20,0);
INSERT INTO "heartbeat" VALUES(93,0,17,0,'','2026-11-30 18:29:22.149',NULL,20,0);
INSERT INTO "heartbeat" VALUES(94,0,18,0,'','2026-11-30 18:29:22.343',NULL,20,0);
INSERT INTO "heartbeat" VALUES(95,0,20,0,'','2026-11-30 18:29:22.667',NULL,20,0);
INSERT INTO "heartbeat" VALUES(96,0,19,0,'','2026-11-30 18:29:22.753',NULL,20,0);
INSERT INTO "heartbeat" VALUES(97,0,1,0,'','2026-11-30 18:29:24.396',NULL,20,0);
INSERT INTO "heartbeat" VALUES(98,0,2,0,'','2026-11-30 18:29:24.702',NULL,20,0);
INSERT INTO "heartbeat" VALUES(99,0,3,1,'','2026-11-30 18:29:24.923',10,20,0);
INSERT INTO "heartbeat" VALUES(100,0,4,1,'','2026-11-30 18:29:25.127',3,20,0);
INSERT INTO "heartbeat" VALUES(101,0,5,1,'','2026-11-30 18:29:25.249',3,20,0);
INSERT INTO "heartbeat" VALUES(102,0,6,1,'','2026-11-30 18:29:25.881',40,20,0);
INSERT INTO "heartbeat" VALUES(103,0,7,1,'','2026-11-30 18:29:26.776',36,20,0);
INSERT INTO "heartbeat" VALUES(104,0,9,0,'','2026-11-30 18:29:28.632',NULL,20,0);
INSERT INTO "heartbeat" VALUES(105,0,12,1,'','2026-11-30 18:29:29.165',16,12,0);
INSERT INTO "heartbeat" VALUES(106,0,10,0,'','2026-11-30 18:29:30.145',NULL,20,0);
INSERT INTO "heartbeat" VALUES(107,0,11,0,'','2026-11-30 18:29:33.181',NULL,20,0);
INSERT INTO "heartbeat" VALUES(108,0,13,1,'','2026-11-30 18:29:33.926',NULL,20,0);
INSERT INTO "heartbeat" VALUES(109,0,15,0,'','2026-11-30 18:29:36.939',NULL,20,0);
INSERT INTO "heartbeat" VALUES(110,0,16,0,'','2026-11-30 18:29:40.057',NULL,20,0);
INSERT INTO "heartbeat" VALUES(111,0,12,1,'','2026-11-30 18:29:41.218',17,12,0);
INSERT INTO "heartbeat" VALUES(112,0,17,0,'','2026-11-30 18:29:42.236',NULL,20,0);
INSERT INTO "heartbeat" VALUES(113,0,18,0,'','2026-11-30 18:29:42.389',NULL,20,0);
INSERT INTO "heartbeat" VALUES(114,0,20,0,'','2026-11-30 18:29:42.680',NULL,20,0);
INSERT INTO "heartbeat" VALUES(115,0,19,0,'','2026-11-30 18:29:42.763',NULL,20,0);
INSERT INTO "heartbeat" VALUES(116,0,1,0,'','2026-11-30 18:29:44.407',NULL,20,0);
INSERT INTO "heartbeat" VALUES(117,0,2,0,'','2026-11-30 18:29:44.713',NULL,20,0);
INSERT INTO "heartbeat" VALUES(118,0,3,1,'','2026-11-30 18:29:44.990',7,20,0);
INSERT INTO "heartbeat" VALUES(119,0,4,2,'','2026-11-30 18:29:45.135',NULL,20,0);
INSERT INTO "heartbeat" VALUES(120,0,5,1,'','2026-11-30 18:29:45.257',3,20,0);
INSERT INTO "heartbeat" VALUES(121,0,6,1,'','2026-11-30 18:29:45.974',3,20,0);
INSERT INTO "heartbeat" VALUES(122,0,7,1,'','2026-11-30 18:29:46.994',107,20,0);
INSERT INTO "heartbeat" VALUES(123,0,8,1,'','2026-11-30 18:29:47.337',0,30,0);
INSERT INTO "heartbeat" VALUES(124,0,9,0,'','2026-11-30 18:29:48.650',NULL,20,0);
INSERT INTO "heartbeat" VALUES(125,0,10,0,'','2026-11-30 18:29:50.163',NULL,20,0);
INSERT INTO "heartbeat" VALUES(126,0,11,0,'','2026-11-30 18:29:53.206',NULL,20,0);
INSERT INTO "heartbeat" VALUES(127,0,13,1,'','2026-11-30 18:29:53.938',NULL,20,0);
INSERT INTO "heartbeat" VALUES(128,0,15,0,'','2026-11-30 18:29:56.954',NULL,20,0);
INSERT INTO "heartbeat" VALUES(129,0,16,0,'','2026-11-30 18:30:00.063',NULL,20,0);
INSERT INTO "heartbeat" VALUES(130,0,17,0,'','2026-11-30 18:30:02.243',NULL,20,0);
INSERT INTO "heartbeat" VALUES(131,0,18,0,'','2026-11-30 18:30:02.393',NULL,20,0);
INSERT INTO "heartbeat" VALUES(132,0,20,0,'','2026-11-30 18:30:02.687',NULL,20,0);
INSERT INTO "heartbeat" VALUES(133,0,19,0,'','2026-11-30 18:30:02.797',NULL,20,0);
INSERT INTO "heartbeat" VALUES(134,0,1,0,'','2026-11-30 18:30:04.418',NULL,20,0);
INSERT INTO "heartbeat" VALUES(135,0,2,0,'','2026-11-30 18:30:04.725',NULL,20,0);
INSERT INTO "heartbeat" VALUES(136,0,3,1,'','2026-11-30 18:30:05.005',11,20,0);
INSERT INTO "heartbeat" VALUES(137,1,4,0,'','2026-11-30 18:30:05.145',NULL,20,0);
INSERT INTO "heartbeat" VALUES(138,0,5,1,'','2026-11-30 18:30:05.264',13,20,0);
INSERT INTO "heartbeat" VALUES(139,0,6,1,'','2026-11-30 18:30:05.981',21,20,0);
INSERT INTO "heartbeat" VALUES(140,0,7,1,'','2026-11-30 18:30:07.613',29,20,0);
INSERT INTO "heartbeat" VALUES(141,0,9,0,'','2026-11-30 18:30:08.823',NULL,20,0);
INSERT INTO "heartbeat" VALUES(142,0,10,0,'','2026-11-30 18:30:10.349',NULL,20,0);
CREATE TABLE incident
(
    id INTEGER not null
        constraint incident_pk
            primary key autoincrement,
    title VARCHAR(255) not null,
    content TEXT not null,
    style VARCHAR(30) default 'warning' not null,
    created_date DATETIME default (DATETIME('now')) not null,
    last_updated_date DATETIME,
    pin BOOLEAN default 1 not null,
    active BOOLEAN default 1 not null
, status_page_id INTEGER);
INSERT INTO "incident" VALUES(1,'Disk full','We **add** one.','danger','2026-11-30 18:28:02',NULL,0,1,1);
INSERT INTO "incident" VALUES(2,'Slow pages','We look.

- one
- two','warning','2026-11-30 18:28:02',NULL,1,1,1);
CREATE TABLE [maintenance] (
    [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    [title] VARCHAR(150) NOT NULL,
    [description] TEXT NOT NULL,
    [user_id] INTEGER REFERENCES [user]([id]) ON DELETE SET NULL ON UPDATE CASCADE,
    [active] BOOLEAN NOT NULL DEFAULT 1,
    [strategy] VARCHAR(50) NOT NULL DEFAULT 'single',
    [start_date] DATETIME,
    [end_date] DATETIME,
    [start_time] TIME,
    [end_time] TIME,
    [weekdays] VARCHAR2(250) DEFAULT '[]',
    [days_of_month] TEXT DEFAULT '[]',
    [interval_day] INTEGER
, cron TEXT, timezone VARCHAR(255), duration INTEGER);
INSERT INTO "maintenance" VALUES(1,'Move of the database','Short breaks',1,1,'single','2026-12-24 10:00:00','2026-12-24 12:00:00',NULL,NULL,'[]','[]',1,NULL,'Europe/Berlin',NULL);
CREATE TABLE maintenance_status_page (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    status_page_id INTEGER NOT NULL,
    maintenance_id INTEGER NOT NULL,
    CONSTRAINT FK_maintenance FOREIGN KEY (maintenance_id) REFERENCES maintenance (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT FK_status_page FOREIGN KEY (status_page_id) REFERENCES status_page (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE "monitor" (
	id INTEGER not null primary key autoincrement,
	name VARCHAR(150),
	active BOOLEAN default 1 not null,
	user_id INTEGER references user on update cascade on delete
	set
		null,
		interval INTEGER default 20 not null,
		url TEXT,
		type VARCHAR(20),
		weight INTEGER default 2000,
		hostname VARCHAR(255),
		port INTEGER,
		created_date DATETIME default (DATETIME('now')) not null,
		keyword VARCHAR(255),
		maxretries INTEGER NOT NULL DEFAULT 0,
		ignore_tls BOOLEAN default 0 not null,
		upside_down BOOLEAN default 0 not null,
        maxredirects INTEGER default 10 not null,
        accepted_statuscodes_json TEXT default '["200-299"]' not null
, dns_resolve_type VARCHAR(5), dns_resolve_server VARCHAR(255), dns_last_result VARCHAR(255), retry_interval INTEGER default 0 not null, push_token VARCHAR(20) DEFAULT NULL, method TEXT default 'GET' not null, body TEXT default null, headers TEXT default null, basic_auth_user TEXT default null, basic_auth_pass TEXT default null, docker_host INTEGER REFERENCES docker_host(id), docker_container VARCHAR(255), proxy_id INTEGER REFERENCES proxy(id), expiry_notification BOOLEAN default 1, mqtt_topic TEXT, mqtt_success_message VARCHAR(255), mqtt_username VARCHAR(255), mqtt_password VARCHAR(255), database_connection_string VARCHAR(2000), database_query TEXT, auth_method VARCHAR(250), auth_domain TEXT, auth_workstation TEXT, grpc_url VARCHAR(255) default null, grpc_protobuf TEXT default null, grpc_body TEXT default null, grpc_metadata TEXT default null, grpc_method VARCHAR(255) default null, grpc_service_name VARCHAR(255) default null, grpc_enable_tls BOOLEAN default 0 not null, radius_username VARCHAR(255), radius_password VARCHAR(255), radius_calling_station_id VARCHAR(50), radius_called_station_id VARCHAR(50), radius_secret VARCHAR(255), resend_interval INTEGER default 0 not null, packet_size INTEGER DEFAULT 56 NOT NULL, game VARCHAR(255), http_body_encoding VARCHAR(25), description TEXT default null, tls_ca TEXT default null, tls_cert TEXT default null, tls_key TEXT default null, parent INTEGER REFERENCES [monitor] ([id]) ON DELETE SET NULL ON UPDATE CASCADE, invert_keyword BOOLEAN default 0 not null, json_path TEXT, expected_value VARCHAR(255), kafka_producer_topic VARCHAR(255), kafka_producer_brokers TEXT, kafka_producer_ssl INTEGER, kafka_producer_allow_auto_topic_creation VARCHAR(255), kafka_producer_sasl_options TEXT, kafka_producer_message TEXT, oauth_client_id TEXT default null, oauth_client_secret TEXT default null, oauth_token_url TEXT default null, oauth_scopes TEXT default null, oauth_auth_method TEXT default null, timeout DOUBLE default 0 not null, gamedig_given_port_only BOOLEAN default 1 not null);
INSERT INTO "monitor" VALUES(1,'Platform',1,1,20,NULL,'group',2000,NULL,NULL,'2026-11-30 18:27:44',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(2,'Storage',1,1,20,NULL,'group',2000,NULL,NULL,'2026-11-30 18:27:44',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','Databases & buckets',NULL,NULL,NULL,1,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(3,'Website',1,1,20,'http://127.0.0.1:18080/ok','http',2000,NULL,NULL,'2026-11-30 18:27:44',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','The shop''s page',NULL,NULL,NULL,1,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(4,'Flapping API',1,1,20,'http://127.0.0.1:18080/flip','http',2000,NULL,NULL,'2026-11-30 18:27:44',NULL,1,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,1,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(5,'Keyword ümläut شبكة',1,1,20,'http://127.0.0.1:18080/ok','keyword',2000,NULL,NULL,'2026-11-30 18:27:44','systems',0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,'{"X-Probe":"1"}','probe','canary-pass',NULL,'',NULL,0,'','','','',NULL,NULL,'basic',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(6,'No error on it',1,1,20,'http://127.0.0.1:18080/ok','keyword',2000,NULL,NULL,'2026-11-30 18:27:44','error',0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,1,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(7,'JSON',1,1,20,'http://127.0.0.1:18080/json','json-query',2000,NULL,NULL,'2026-11-30 18:27:45',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'status','fine',NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(8,'TCP',1,1,30,NULL,'port',2000,'127.0.0.1',18080,'2026-11-30 18:27:46',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,2,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(9,'Closed port',1,1,20,NULL,'port',2000,'127.0.0.1',18099,'2026-11-30 18:27:46',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,2,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(10,'Ping',1,1,20,NULL,'ping',2000,'127.0.0.1',NULL,'2026-11-30 18:27:47',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(11,'DNS',1,1,20,NULL,'dns',2000,'example.com',53,'2026-11-30 18:27:49',NULL,0,0,0,10,'["200-299"]','MX','127.0.0.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(12,'Backup job',1,1,60,NULL,'push',2000,NULL,NULL,'2026-11-30 18:27:52',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,'AbCdEf0123','GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(13,'Must be down',1,1,20,'http://127.0.0.1:18080/missing','http',2000,NULL,NULL,'2026-11-30 18:27:52',NULL,0,0,1,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(14,'Paused',0,1,20,'http://127.0.0.1:18080/ok','http',2000,NULL,NULL,'2026-11-30 18:27:53',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(15,'PostgreSQL',1,1,20,NULL,'postgres',2000,NULL,NULL,'2026-11-30 18:27:54',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','','postgres://probe:canary-pass@127.0.0.1:5432/app','SELECT 1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(16,'MQTT',1,1,20,NULL,'mqtt',2000,'127.0.0.1',1883,'2026-11-30 18:27:55',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'status/#','','probe','canary-pass',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(17,'Game',1,1,20,NULL,'steam',2000,'127.0.0.1',27015,'2026-11-30 18:27:58',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(18,'gRPC',1,1,20,NULL,'grpc-keyword',2000,NULL,NULL,'2026-11-30 18:28:01','SERVING',0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,'127.0.0.1:18097','syntax = "proto3";','{}','{}','check','Health',0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(19,'Container',1,1,20,NULL,'docker',2000,NULL,NULL,'2026-11-30 18:28:01',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,1,'shop',NULL,0,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
INSERT INTO "monitor" VALUES(20,'Redis',1,1,20,NULL,'redis',2000,NULL,NULL,'2026-11-30 18:28:01',NULL,0,0,0,10,'["200-299"]','A','1.1.1.1',NULL,20,NULL,'GET',NULL,NULL,NULL,NULL,NULL,'',NULL,0,'','','','','redis://probe:canary-pass@127.0.0.1:6379',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,56,NULL,'json','',NULL,NULL,NULL,NULL,0,'$',NULL,NULL,'[]',0,'0','{"mechanism":"None"}',NULL,NULL,NULL,NULL,NULL,NULL,16.0,1);
CREATE TABLE [monitor_group]
(
    [id]         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    [monitor_id] INTEGER                           NOT NULL REFERENCES [monitor] ([id]) ON DELETE CASCADE ON UPDATE CASCADE,
    [group_id]   INTEGER                           NOT NULL REFERENCES [group] ([id]) ON DELETE CASCADE ON UPDATE CASCADE,
    weight BOOLEAN NOT NULL DEFAULT 1000
, send_url BOOLEAN DEFAULT 0 NOT NULL);
INSERT INTO "monitor_group" VALUES(1,3,1,1,0);
INSERT INTO "monitor_group" VALUES(2,5,1,2,0);
INSERT INTO "monitor_group" VALUES(3,4,1,3,0);
INSERT INTO "monitor_group" VALUES(4,12,2,1,0);
CREATE TABLE monitor_maintenance (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    monitor_id INTEGER NOT NULL,
    maintenance_id INTEGER NOT NULL,
    CONSTRAINT FK_maintenance FOREIGN KEY (maintenance_id) REFERENCES maintenance (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT FK_monitor FOREIGN KEY (monitor_id) REFERENCES monitor (id) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "monitor_maintenance" VALUES(1,3,1);
CREATE TABLE [monitor_notification](
  [id] INTEGER PRIMARY KEY NOT NULL, 
  [monitor_id] INTEGER NOT NULL REFERENCES [monitor]([id]) ON DELETE CASCADE ON UPDATE CASCADE, 
  [notification_id] INTEGER NOT NULL REFERENCES [notification]([id]) ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO "monitor_notification" VALUES(1,3,1);
CREATE TABLE monitor_tag (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	monitor_id INTEGER NOT NULL,
	tag_id INTEGER NOT NULL,
	value TEXT,
	CONSTRAINT FK_tag FOREIGN KEY (tag_id) REFERENCES tag(id) ON DELETE CASCADE ON UPDATE CASCADE,
	CONSTRAINT FK_monitor FOREIGN KEY (monitor_id) REFERENCES monitor(id) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "monitor_tag" VALUES(1,3,1,'west');
INSERT INTO "monitor_tag" VALUES(2,3,2,'');
INSERT INTO "monitor_tag" VALUES(3,4,1,'');
CREATE TABLE monitor_tls_info (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	monitor_id INTEGER NOT NULL,
	info_json TEXT
);
CREATE TABLE [notification](
  [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, 
  [name] VARCHAR(255), 
  [config] VARCHAR(255), 
  [active] BOOLEAN NOT NULL DEFAULT 1, 
  [user_id] INTEGER NOT NULL, is_default BOOLEAN default 0 NOT NULL);
INSERT INTO "notification" VALUES(1,'Team chat','{"type":"slack"}',1,1,0);
CREATE TABLE [notification_sent_history] (
    [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    [type] VARCHAR(50) NOT NULL,
    [monitor_id] INTEGER NOT NULL,
    [days] INTEGER NOT NULL,
    UNIQUE([type], [monitor_id], [days])
);
CREATE TABLE proxy (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INT NOT NULL,
    protocol VARCHAR(10) NOT NULL,
    host VARCHAR(255) NOT NULL,
    port SMALLINT NOT NULL,
    auth BOOLEAN NOT NULL,
    username VARCHAR(255) NULL,
    password VARCHAR(255) NULL,
    active BOOLEAN NOT NULL DEFAULT 1,
    'default' BOOLEAN NOT NULL DEFAULT 0,
    created_date DATETIME DEFAULT (DATETIME('now')) NOT NULL
);
CREATE TABLE "setting"
(
    id INTEGER
        primary key autoincrement,
    key VARCHAR(200) not null
        unique,
    value TEXT,
    type VARCHAR(20)
);
INSERT INTO "setting" VALUES(1,'database_version','10',NULL);
INSERT INTO "setting" VALUES(2,'databasePatchedFiles','{"patch-setting-value-type.sql":true,"patch-improve-performance.sql":true,"patch-2fa.sql":true,"patch-add-retry-interval-monitor.sql":true,"patch-incident-table.sql":true,"patch-group-table.sql":true,"patch-monitor-push_token.sql":true,"patch-http-monitor-method-body-and-headers.sql":true,"patch-2fa-invalidate-used-token.sql":true,"patch-notification_sent_history.sql":true,"patch-monitor-basic-auth.sql":true,"patch-add-docker-columns.sql":true,"patch-status-page.sql":true,"patch-proxy.sql":true,"patch-monitor-expiry-notification.sql":true,"patch-status-page-footer-css.sql":true,"patch-added-mqtt-monitor.sql":true,"patch-add-clickable-status-page-link.sql":true,"patch-add-sqlserver-monitor.sql":true,"patch-add-other-auth.sql":true,"patch-grpc-monitor.sql":true,"patch-add-radius-monitor.sql":true,"patch-monitor-add-resend-interval.sql":true,"patch-ping-packet-size.sql":true,"patch-maintenance-table2.sql":true,"patch-add-gamedig-monitor.sql":true,"patch-add-google-analytics-status-page-tag.sql":true,"patch-http-body-encoding.sql":true,"patch-add-description-monitor.sql":true,"patch-api-key-table.sql":true,"patch-monitor-tls.sql":true,"patch-maintenance-cron.sql":true,"patch-add-parent-monitor.sql":true,"patch-add-invert-keyword.sql":true,"patch-added-json-query.sql":true,"patch-added-kafka-producer.sql":true,"patch-add-certificate-expiry-status-page.sql":true,"patch-monitor-oauth-cc.sql":true,"patch-add-timeout-monitor.sql":true,"patch-add-gamedig-given-port.sql":true}',NULL);
INSERT INTO "setting" VALUES(4,'apiKeysEnabled','true',NULL);
CREATE TABLE [status_page](
    [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    [slug] VARCHAR(255) NOT NULL UNIQUE,
    [title] VARCHAR(255) NOT NULL,
    [description] TEXT,
    [icon] VARCHAR(255) NOT NULL,
    [theme] VARCHAR(30) NOT NULL,
    [published] BOOLEAN NOT NULL DEFAULT 1,
    [search_engine_index] BOOLEAN NOT NULL DEFAULT 1,
    [show_tags] BOOLEAN NOT NULL DEFAULT 0,
    [password] VARCHAR,
    [created_date] DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    [modified_date] DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
, footer_text TEXT, custom_css TEXT, show_powered_by BOOLEAN NOT NULL DEFAULT 1, google_analytics_tag_id VARCHAR, show_certificate_expiry BOOLEAN default 0 NOT NULL);
INSERT INTO "status_page" VALUES(1,'shop','The shop','How we are','/icon.svg','auto',1,1,0,NULL,'2026-11-30 18:28:02','2026-11-30 18:28:02',NULL,'',0,NULL,0);
INSERT INTO "status_page" VALUES(2,'empty','Nothing yet',NULL,'','auto',1,1,0,NULL,'2026-11-30 18:28:02','2026-11-30 18:28:02',NULL,NULL,1,NULL,0);
CREATE TABLE [status_page_cname](
    [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    [status_page_id] INTEGER NOT NULL REFERENCES [status_page]([id]) ON DELETE CASCADE ON UPDATE CASCADE,
    [domain] VARCHAR NOT NULL UNIQUE
);
INSERT INTO "status_page_cname" VALUES(1,1,'status.example.com');
CREATE TABLE tag (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name VARCHAR(255) NOT NULL,
    color VARCHAR(255) NOT NULL,
	created_date DATETIME DEFAULT (DATETIME('now')) NOT NULL
);
INSERT INTO "tag" VALUES(1,'eu','#059669','2026-11-30 18:28:02');
INSERT INTO "tag" VALUES(2,'tier, one','#DC2626','2026-11-30 18:28:02');
CREATE TABLE [user](
  [id] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, 
  [username] VARCHAR(255) NOT NULL UNIQUE, 
  [password] VARCHAR(255), 
  [active] BOOLEAN NOT NULL DEFAULT 1, 
  [timezone] VARCHAR(150), twofa_secret VARCHAR(64), twofa_status BOOLEAN default 0 NOT NULL, twofa_last_token VARCHAR(6));
COMMIT;
