"""A whole crisis on one thread, from one seed: stations, a bad network, bad disks, a liar.

checks    the promises of a line, each with a name
world     stations, time, and the notebook of what really happened
network   links, loss, walls, and an attacker in between
disk      stores and signers' memories that lose power
keyring   keys, real or fast
people    officers
liar      the dishonest party
crisis    the script, and many of them in a row
"""
