"""Failure drills: a seeded plan of faults on the rehearsal, during a stream of jobs.

    plan       which fault strikes what, and when: a frozen value that follows from a seed
    faults     strikes: kills, stops, freezes, fills
    cluster    the rehearsal's, with small disks
    disk       a small file system in the place of a folder, to be filled
    questions  the programs a buyer asks with, each a commit
    stream     the buyer: submits, signs, opens, and tries again
    record     what happened, as JSON lines
    evidence   what is left at the end, as one value
    collect    reads it from the databases and logs of both sides
    verdict    what of it breaks a promise: pure functions over the evidence
    drill      all of it together, on a story's stage

Nothing is mocked and nothing is told that it is being drilled. A fault may end a job, in a terminal
state with a code; what no fault may do stands in `verdict`.
"""
