"""A server that accepts and never greets. Writes its port into the file named by its argument."""

import os
import socket
import sys

server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
guests = []
while True:
    guests.append(server.accept())
