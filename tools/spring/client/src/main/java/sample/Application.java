package sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Prints two values of its configuration, and ends. */
@SpringBootApplication
public class Application {
    public static void main(String[] arguments) {
        var environment = SpringApplication.run(Application.class, arguments).getEnvironment();
        System.out.println("greeting=" + environment.getProperty("greeting"));
        System.out.println("secret=" + environment.getProperty("secret"));
    }
}
