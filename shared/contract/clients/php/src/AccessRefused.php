<?php

declare(strict_types=1);

namespace TwoFactor;

/** The broker refuses the user, its virtual host or its rights. Trying again does not help. */
final class AccessRefused extends ClientException {}
