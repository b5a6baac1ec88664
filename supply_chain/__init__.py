"""What Ciclo is made of: licences, known vulnerabilities, bill of materials. No part of what runs."""
