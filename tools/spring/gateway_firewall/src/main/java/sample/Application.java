package sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

/** A gateway with Spring Security, which admits everyone: only its firewall is left. */
@SpringBootApplication
public class Application {
    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    @Bean
    SecurityWebFilterChain open(ServerHttpSecurity http) {
        return http.authorizeExchange(each -> each.anyExchange().permitAll()).csrf(each -> each.disable()).build();
    }
}
