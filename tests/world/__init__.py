"""The world that the tests live in: one cast, one builder of each record, one market.

People      people: who they are, and the keys by which the same name always signs
Values      builders, job_builders: a whole, valid record of each kind; household, declarations,
            tables, random_ciphertext: owners' data; buyers_repository, bomb_repositories,
            hostile_programs: what buyers commit
A market    market: the platform's real services, over ports in memory (memory/), in a database
            (ports, durable_market, platform_database), and stages in process (stages)
With HTTP   portal_market: with a portal in this process (browser); live_market: with a portal on
            loopback and the owner's running agent; command_lines: through commands;
            served_portal: `market serve` as a process; airflow_door: Airflow's sign-on
Results     sealed_results: a released job with everybody's keys; cheating_platform: a portal that
            hands out whatever it is given
Hostility   crashes, agent_crashes, setup_crashes, platform_crashes: processes that kill themselves
            at a write; ledger_worker, full_disk_story, keyring_holder: run as processes;
            hostile_portal: a server that sends any bytes; sandboxed: one program in the sandbox
Consortium  mpc_members: workers of one session as processes (probe_worker), and a member that
            says what it likes; served_relay: `market relay` as a process; relay_server: where
            members without an address meet, and what passes is kept
Tools       fixtures: those of several folders; loopback, waiting, dialogue, lowerings, passable
"""
